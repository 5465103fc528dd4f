"""Building blocks that know nothing of training: chart, meter, dialog."""
