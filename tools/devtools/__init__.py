"""The developer's tools, only in a checkout: the local AWS engine, the development stack, demo, bench and meter."""
