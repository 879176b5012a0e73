// Any text: is it JSON? And any bytes as a JSON string, a duration, a size.
#include "../promise.hpp"

#include <troupe/base/json.hpp>
#include <troupe/base/json_check.hpp>
#include <troupe/base/text.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace troupe;
using fuzz::promise;

void check_fault(std::string_view text, const json_fault& fault) {
  promise(fault.offset <= text.size(), "a fault lies within the text");
  promise(!fault.why.empty(), "a fault says why");
  const auto before = find_json_fault(text.substr(0, fault.offset));
  promise(!before || before->offset == fault.offset, "what stands before a fault is only unfinished");
}

void check_sound(std::string_view text) {
  promise(is_utf8(text), "JSON is UTF-8");
  std::string array = "[";
  array.append(text).append(",").append(text).append("]");
  const auto fault = find_json_fault(array);
  promise(!fault || fault->why.find("deep") != std::string_view::npos, "two values in brackets are a value");
  std::string two(text);
  two.append(" ").append(text);
  promise(find_json_fault(two).has_value(), "two values are no value");
}

void check_writers(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  promise(!find_json_fault(quoted), "any bytes are written as a JSON string");
  std::string encoded;
  append_json_base64(encoded, as_bytes_view(text));
  promise(!find_json_fault(encoded), "any bytes are written as base64");
  promise(is_utf8(excerpt(text, text.size() / 2)), "an excerpt of any bytes is text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fault = find_json_fault(text);
  promise(check_json(text).has_value() == !fault, "both ways to ask give one answer");
  if (fault) {
    check_fault(text, *fault);
  } else {
    check_sound(text);
  }
  check_writers(text);
  if (const auto duration = parse_duration(text))
    promise(duration->count() >= 0, "a duration is not negative");
  static_cast<void>(parse_size(text));
  return 0;
}
