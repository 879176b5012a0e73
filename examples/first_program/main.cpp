// examples/first_program/main.cpp - the smallest pipeline: lines of a web server's log in, one JSON object
// per page out.
#include <troupe/app.hpp>

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>

struct hit {
  std::string url;
  std::uint64_t bytes = 0;
};

/// 192.0.2.7 - - [10/Oct/2025:13:55:36 +0200] "GET /index.html HTTP/1.1" 200 2326
std::optional<hit> parse(troupe::line entry) {
  std::istringstream words(entry.text);
  std::string host, identity, user, date, zone, method, protocol;
  int status = 0;
  hit found;
  words >> host >> identity >> user >> date >> zone >> method >> found.url >> protocol >> status >>
      found.bytes;
  if (!words || status != 200) return std::nullopt;  // nothing comes out for this line
  return found;
}

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage("parse", parse);
  return app.run();
}
