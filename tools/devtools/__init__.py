"""The developer's tools, in a checkout only: the local AWS engine, the development stack, demo, bench and meter."""
