// The codec behind two pipes, for codec_test.py. A question is u32 type, u32 length, so many bytes; the answer u8, 1
// when they are a value of that type, u32 length, the value encoded anew (or what is wrong with the bytes), u32 length,
// the value as JSON. Numbers are little-endian. The arguments --types alone: a line "name shape" per type.
#include "messages.hpp"

#include <troupe/base/codec.hpp>
#include <troupe/base/json.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::interop {
namespace {

struct answer {
  bool decoded = false;
  bytes again;
  std::string text;  // the JSON, or the error
};

template <class T>
answer echo(const bytes& question) {
  auto value = decode<T>(question);
  if (!value) return {false, {}, value.error().context};
  byte_buffer out;
  encode(out, *value);
  std::string json;
  to_json(json, *value);
  return {true, out.take(), std::move(json)};
}

struct type {
  std::string_view name;
  const std::string& shape;
  answer (*echo)(const bytes&);
};

template <class... T>
std::vector<type> types_of() {
  return {type{type_name<T>(), shape_of<T>(), echo<T>}...};
}

bool read_exactly(void* to, std::size_t size) {
  return std::fread(to, 1, size, stdin) == size;
}

void write_block(const void* from, std::size_t size) {
  const auto length = static_cast<std::uint32_t>(size);
  std::fwrite(&length, sizeof(length), 1, stdout);
  std::fwrite(from, 1, size, stdout);
}

int serve(const std::vector<type>& types) {
  std::uint32_t head[2];
  while (read_exactly(head, sizeof(head))) {
    std::vector<std::byte> question(head[1]);
    if (head[0] >= types.size() || !read_exactly(question.data(), question.size())) return 1;
    const auto found = types[head[0]].echo(bytes::adopt(std::move(question)));
    std::putchar(found.decoded ? 1 : 0);
    write_block(found.again.data(), found.again.size());
    write_block(found.text.data(), found.text.size());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace troupe::interop

int main(int count, char** words) {
  using namespace troupe::interop;
  const auto types = types_of<integers, reals, texts, choices, sequences, tables, loose_tables, products,
                              nested, tree, std::string, std::vector<bool>, empty, times, defaults>();
  if (count > 1 && std::string_view(words[1]) == "--types") {
    for (const auto& each : types)
      std::printf("%s\t%s\n", std::string(each.name).c_str(), each.shape.c_str());
    return 0;
  }
  return serve(types);
}
