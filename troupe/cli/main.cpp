// cli/main.cpp - the troupe command: an app without stages of its own.
#include <troupe/app.hpp>

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  return app.run();
}
