#include <troupe/base/encoded_field.hpp>
#include <troupe/base/internal/msgpack_read.hpp>

#include <string>

namespace troupe {

result<byte_view> encoded_field(byte_view item, std::size_t index) {
  namespace msgpack = internal::msgpack;
  msgpack::reader in(item, nullptr);
  std::size_t count = 0;
  bool found = msgpack::read_array_header(in, count);
  if (found && index >= count) found = in.wrong("it has " + std::to_string(count) + " fields");
  found = found && msgpack::skip(in, index);
  const auto* const begin = in.at;
  if (!found || !msgpack::skip(in, 1))
    return tl::unexpected(in.failure("field " + std::to_string(index) + " of an item"));
  return byte_view(begin, static_cast<std::size_t>(in.at - begin));
}

}  // namespace troupe
