#include <troupe/runtime/stage.hpp>

#include <cxxabi.h>

#include <cstdlib>

namespace troupe::runtime::detail {

std::string readable_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return status == 0 && name != nullptr ? std::string(name.get()) : std::string(type.name());
}

result<std::vector<bytes>> split_lines(const bytes& batch) {
  auto all = decode<lines>(batch);
  if (!all) return tl::unexpected(all.error());
  std::vector<bytes> parts;
  std::size_t offset = 0;
  auto number = all->first_number;
  for (auto at = all->begin(); at != all->end(); ++at, ++number) {
    const auto length = at.raw().size();
    byte_buffer encoded;
    encode(encoded, lines{all->block.slice(offset, length), all->path, number});
    parts.push_back(encoded.take());
    offset += length;
  }
  return parts;
}

}  // namespace troupe::runtime::detail
