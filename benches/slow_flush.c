/* Preloaded, makes every flush take FLUSH_US microseconds, as on a slow device. */
#include <stdlib.h>
#include <unistd.h>

static int flush(void) {
  const char *us = getenv("FLUSH_US");
  if (us) usleep((useconds_t)atoi(us));
  return 0;
}

int fsync(int fd) { (void)fd; return flush(); }
int fdatasync(int fd) { (void)fd; return flush(); }
