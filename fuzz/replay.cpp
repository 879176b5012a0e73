// A target without libFuzzer: runs it once on each file, or each file of each folder, that is named. Any compiler
// builds it, so the seeds are tests of every build.
#include "promise.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

namespace {

namespace fs = std::filesystem;

bool replay(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> read((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) {
    std::fprintf(stderr, "%s cannot be read\n", file.c_str());
    return false;
  }
  std::fprintf(stderr, "%s\n", file.c_str());  // the last line names the file that ends the process
  const std::vector<std::uint8_t> bytes(read.begin(), read.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<fs::path> named{argv[i]};
    if (fs::is_directory(named[0])) {
      std::error_code failed;
      named.assign(fs::directory_iterator(argv[i], failed), fs::directory_iterator());
    }
    for (const fs::path& file : named) {
      if (!replay(file)) return 1;
      ++files;
    }
  }
  std::printf("%d inputs\n", files);
  return files > 0 ? 0 : 1;  // a test of nothing proves nothing
}
