"""`make audit`: scanners over the template, and what is known of the packages that we ship and develop with."""
