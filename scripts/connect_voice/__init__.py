"""The commands: build, plan, apply, call and everything that sits at an edge around them."""
