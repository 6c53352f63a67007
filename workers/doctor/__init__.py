"""What ``copydesk doctor`` looks at: each module examines one part and gives findings."""
