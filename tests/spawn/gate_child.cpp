// tests/spawn/gate_child.cpp - waits for the end of its input. As small as a program can be (linked
// statically), so that ten thousand of it fit into a test.
// Threads: one.
#include <unistd.h>

int main() {
  char byte = 0;
  while (read(0, &byte, 1) > 0) continue;
  return 0;
}
