"""What can be wished for, and by which words. Tables: a new topic is an entry."""
