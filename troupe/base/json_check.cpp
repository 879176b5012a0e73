#include <troupe/base/json_check.hpp>
#include <troupe/base/text.hpp>

#include <array>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <string>

namespace troupe {

namespace {

/// Bytes of a string that stand for themselves and need no further look: ASCII without control characters,
/// quote and backslash.
constexpr std::array<bool, 256> plain_in_string = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

/// Walks over one text, byte by byte; the arrays and objects that are open are one bit each.
class json_scanner {
 public:
  explicit json_scanner(std::string_view text) noexcept
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  std::optional<json_fault> run() noexcept {
    step next = step::value;
    while (next == step::value || next == step::behind_value)
      next = next == step::value ? value() : behind_value();
    if (next == step::end) return std::nullopt;
    return json_fault{static_cast<std::size_t>(at_ - begin_), why_};
  }

 private:
  enum class step : std::uint8_t { value, behind_value, end, fault };

  /// What begins at a place for a value.
  step value() noexcept {
    skip_space();
    if (at_ == end_) return fault("a value is expected, but the text ends");
    switch (*at_) {
      case '"':
        return string() ? step::behind_value : step::fault;
      case '{':
        return open(true);
      case '[':
        return open(false);
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        if (*at_ == '-' || on_digit()) return number() ? step::behind_value : step::fault;
        return fault(on_byte_order_mark() ? "a byte order mark is not allowed" : "no value begins like this");
    }
  }

  step behind_value() noexcept {
    skip_space();
    if (depth_ == 0) return at_ == end_ ? step::end : fault("the value has ended, and more follows");
    const bool object = objects_[depth_ - 1];
    if (at_ == end_)
      return fault(object ? "the text ends within an object" : "the text ends within an array");
    if (*at_ == ',') {
      ++at_;
      return object ? member() : step::value;
    }
    if (*at_ != (object ? '}' : ']'))
      return fault(object ? "',' or '}' is expected here" : "',' or ']' is expected here");
    return close();
  }

  step open(bool object) noexcept {
    if (depth_ == json_depth_limit) return fault("arrays and objects lie more than 512 deep");
    objects_[depth_++] = object;
    ++at_;
    skip_space();
    if (at_ != end_ && *at_ == (object ? '}' : ']')) return close();
    return object ? member() : step::value;
  }
  step close() noexcept {
    ++at_;
    --depth_;
    return step::behind_value;
  }

  /// `"name":` of an object.
  step member() noexcept {
    skip_space();
    if (at_ == end_) return fault("the text ends within an object");
    if (*at_ != '"') return fault("a name in double quotes is expected here");
    if (!string()) return step::fault;
    skip_space();
    if (at_ == end_) return fault("the text ends within an object");
    if (*at_ != ':') return fault("':' is expected here");
    ++at_;
    return step::value;
  }

  step word(std::string_view expected) noexcept {
    for (const char each : expected) {
      if (at_ == end_) return fault("the text ends within a word");
      if (*at_ != each) return fault("only the words true, false and null are known");
      ++at_;
    }
    return step::behind_value;
  }

  bool number() noexcept {
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
      if (on_digit()) return refuse("a number with more digits does not begin with 0");
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ == end_ || (*at_ != 'e' && *at_ != 'E')) return true;
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    return digits();
  }
  bool digits() noexcept {
    if (!on_digit())
      return refuse(at_ == end_ ? "the text ends within a number" : "a digit is expected here");
    while (on_digit()) ++at_;
    return true;
  }

  bool string() noexcept {
    ++at_;  // the quote
    for (;;) {
      pass_plain();
      if (at_ == end_) return refuse("the text ends within a string");
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte == '"') break;
      if (byte < 0x20) return refuse("a control character in a string is to be escaped");
      if (byte == '\\') {
        if (!escape()) return false;
        continue;
      }
      const std::size_t length = utf8_sequence({at_, static_cast<std::size_t>(end_ - at_)});
      if (length == 0) return refuse("these bytes are no UTF-8");
      at_ += length;
    }
    ++at_;
    return true;
  }

  bool escape() noexcept {
    ++at_;  // the backslash
    if (at_ == end_) return refuse("the text ends within a string");
    constexpr std::string_view one_letter = "\"\\/bfnrt";
    if (one_letter.find(*at_) != one_letter.npos) {
      ++at_;
      return true;
    }
    if (*at_ != 'u') return refuse("no escape is written like this");
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return refuse("the text ends within a string");
      const bool hex = on_digit() || (*at_ >= 'a' && *at_ <= 'f') || (*at_ >= 'A' && *at_ <= 'F');
      if (!hex) return refuse("\\u takes four hexadecimal digits");
    }
    return true;
  }

  /// To the first byte of a string that is not plain, eight at a time where that is possible.
  void pass_plain() noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101, high = 0x80 * ones;
    for (; end_ - at_ >= 8; at_ += 8) {
      std::uint64_t word;
      std::memcpy(&word, at_, sizeof(word));
      // "Subtract and see a borrow" (Bit Twiddling Hacks, hasless and haszero). A false hit comes only above
      // a true one in the same word, and the loop below stops at the true one.
      const std::uint64_t control = word - 0x20 * ones;
      const std::uint64_t quote = (word ^ ('"' * ones)) - ones;
      const std::uint64_t backslash = (word ^ ('\\' * ones)) - ones;
      if (((control | quote | backslash | word) & high) != 0) break;
    }
    while (at_ != end_ && plain_in_string[static_cast<unsigned char>(*at_)]) ++at_;
  }

  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  [[nodiscard]] bool on_digit() const noexcept { return at_ != end_ && *at_ >= '0' && *at_ <= '9'; }
  [[nodiscard]] bool on_byte_order_mark() const noexcept {
    return at_ == begin_ &&
           std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with("\xEF\xBB\xBF");
  }

  bool refuse(std::string_view why) noexcept {
    why_ = why;
    return false;
  }
  step fault(std::string_view why) noexcept {
    why_ = why;
    return step::fault;
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  std::string_view why_;
  std::size_t depth_ = 0;
  std::bitset<json_depth_limit> objects_;  // whether what is open at each depth is an object
};

}  // namespace

std::optional<json_fault> find_json_fault(std::string_view text) noexcept {
  return json_scanner(text).run();
}

result<> check_json(std::string_view text) {
  const auto fault = find_json_fault(text);
  if (!fault) return {};
  return fail(errc::malformed, "no JSON at offset " + std::to_string(fault->offset) + " (" +
                                   std::string(fault->why) + "): " + excerpt(text, fault->offset));
}

}  // namespace troupe
