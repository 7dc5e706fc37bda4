// LMDB, and statfs(2), which Swift's own view of the C library leaves out.
#include <lmdb.h>
#include <sys/vfs.h>
