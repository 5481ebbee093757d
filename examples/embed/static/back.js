"use strict";
// In the frame the page around it goes on by itself; a window of its own is taken back here.
if (window.top === window.self) window.location.replace(document.querySelector("a[target=_top]").href);
