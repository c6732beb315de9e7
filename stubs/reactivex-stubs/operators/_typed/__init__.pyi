# Signatures by theme; reactivex itself has no such package.
