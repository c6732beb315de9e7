"""One module for each contender, with its reading and sending in the form its users would write for speed."""
