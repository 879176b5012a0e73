#include <troupe/spawn/stdio.hpp>

#include <utility>

namespace troupe::spawn {

stdio stdio::owned(unique_fd fd) {
  stdio made = borrowed(fd.get());
  made.owned_ = std::move(fd);
  return made;
}

stdio stdio::borrowed(int fd) {
  stdio made(kind::descriptor);
  made.number_ = fd;
  return made;
}

stdio stdio::read_file(std::string path) {
  stdio made(kind::read_file);
  made.path_ = std::move(path);
  return made;
}

stdio stdio::write_file(std::string path, writing how) {
  stdio made(kind::write_file);
  made.path_ = std::move(path);
  made.how_ = how;
  return made;
}

}  // namespace troupe::spawn
