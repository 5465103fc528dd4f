"""The guided tour: six lessons, each with goals that the events of the studio fulfil."""
