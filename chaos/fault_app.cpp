// chaos/fault_app.cpp - the program that poison, mixed_faults and parent_death run: stages of worker processes whose
// items order what goes wrong (fault_stages.hpp).
// Source: fault.toml and orphan.toml wire them.
#include "fault_stages.hpp"

#include <troupe/app.hpp>

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage<faults::work>("work");
  app.stage<faults::seal>("seal");
  app.stage<faults::slow>("slow");
  return app.run();
}
