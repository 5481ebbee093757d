"use strict";
// In a frame, the parent page continues by itself; a separate window is sent back here.
if (window.top === window.self) window.location.replace("/refresh");
