"""Stream's own operators against reactivex's, played the same random scripts."""
