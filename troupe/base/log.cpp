#include <troupe/base/log.hpp>
#include <troupe/base/text.hpp>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <utility>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 5> level_names = {"trace", "debug", "info", "warn", "error"};

spdlog::level::level_enum spdlog_level(log_level level) {
  constexpr std::array levels = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                                 spdlog::level::warn, spdlog::level::err};
  return levels[static_cast<std::size_t>(level)];
}

/// SGR sequences of ECMA-48: grey, cyan, green, yellow, bold red.
std::string_view colour_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "\x1b[90m";
    case spdlog::level::debug:
      return "\x1b[36m";
    case spdlog::level::info:
      return "\x1b[32m";
    case spdlog::level::warn:
      return "\x1b[33m";
    default:
      return "\x1b[1;31m";
  }
}

bool colours_wanted(const log_options& options) {
  if (options.colour != log_colour::automatic) return options.colour == log_colour::always;
  const char* const no_color = std::getenv("NO_COLOR");
  return !options.write && ::isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

void write_to_stderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// One write per call, whatever the number of its lines.
class line_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  line_sink(bool colours, std::function<void(std::string_view)> write)
      : colours_(colours), write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    out_.clear();
    std::string_view rest(message.payload.data(), message.payload.size());
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    for (bool more = true; more;) {
      const std::size_t end = rest.find('\n');
      more = end != rest.npos;
      append_line(message, rest.substr(0, end));
      if (more) rest.remove_prefix(end + 1);
    }
    write_(out_);
  }
  void flush_() override {}

  void append_line(spdlog::details::log_msg message, std::string_view line) {
    message.payload = {line.data(), line.size()};
    formatted_.clear();
    formatter_->format(message, formatted_);
    const std::string_view text(formatted_.data(), formatted_.size());
    if (!colours_ || message.color_range_end <= message.color_range_start) {
      out_ += text;
      return;
    }
    out_ += text.substr(0, message.color_range_start);
    out_ += colour_of(message.level);
    out_ += text.substr(message.color_range_start, message.color_range_end - message.color_range_start);
    out_ += "\x1b[0m";
    out_ += text.substr(message.color_range_end);
  }

  bool colours_;
  std::function<void(std::string_view)> write_;
  spdlog::memory_buf_t formatted_;
  std::string out_;
};

/// Our own level names, padded: spdlog says "warning".
class level_flag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto at = static_cast<std::size_t>(message.level);
    std::string name(level_names[at < level_names.size() ? at : level_names.size() - 1]);
    name.resize(5, ' ');
    out.append(name.data(), name.data() + name.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<level_flag>();
  }
};

/// "count.0: ", nothing for a logger without a name.
class name_flag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view name(message.logger_name.data(), message.logger_name.size());
    if (name.empty()) return;
    out.append(name.data(), name.data() + name.size());
    constexpr std::string_view colon = ": ";
    out.append(colon.data(), colon.data() + colon.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<name_flag>();
  }
};

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += "\\x";
  out += hex[byte >> 4];
  out += hex[byte & 15];
}

}  // namespace

class logger::destination {
 public:
  explicit destination(log_options options)
      : level_(options.level),
        pass_on_(std::move(options.pass_on)),
        sink_(colours_wanted(options), options.write ? std::move(options.write) : write_to_stderr) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "\n");
    formatter->add_flag<level_flag>('*').add_flag<name_flag>('&').set_pattern("%H:%M:%S.%e %^%*%$ %&%v");
    sink_.set_formatter(std::move(formatter));
  }

  [[nodiscard]] bool takes(log_level level) const noexcept { return level >= level_; }
  void write(log_level level, std::string_view name, std::string_view text) const {
    if (pass_on_) return pass_on_(level, name, text);
    sink_.log(spdlog::details::log_msg({name.data(), name.size()}, spdlog_level(level),
                                       {text.data(), text.size()}));
  }

 private:
  log_level level_;
  const std::function<void(log_level, std::string_view, std::string_view)> pass_on_;
  mutable line_sink sink_;
};

struct logger::shared {
  std::shared_ptr<const destination> to;
  std::string name;
  std::string shown;  // the name as a terminal may see it, on one line
};

logger logger::make(log_options options) {
  logger out;
  out.shared_ =
      std::make_shared<const shared>(shared{std::make_shared<const destination>(std::move(options)), {}, {}});
  return out;
}

logger logger::named(std::string name) const {
  logger out;
  if (shared_ == nullptr) return out;
  std::string shown = escape_for_terminal(name);
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  out.shared_ = std::make_shared<const shared>(shared{shared_->to, std::move(name), std::move(shown)});
  return out;
}

const std::string& logger::name() const noexcept {
  static const std::string none;
  return shared_ == nullptr ? none : shared_->name;
}

bool logger::takes(log_level level) const noexcept {
  return shared_ != nullptr && shared_->to->takes(level);
}

void logger::write(log_level level, std::span<const std::string_view> pieces) const {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  shared_->to->write(level, shared_->shown, escape_for_terminal(text));
}

std::string_view log_level_name(log_level level) noexcept {
  return level_names[static_cast<std::size_t>(level)];
}

result<log_level> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (level_names[i] == name) return static_cast<log_level>(i);
  return fail(errc::invalid_argument,
              "'" + std::string(name) + "' is not a log level: write trace, debug, info, warn or error");
}

std::string escape_for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_sequence(text);
    const bool c0 = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
    const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length != 0 && !c0 && !c1) {
      out += text.substr(0, length);
      text.remove_prefix(length);
    } else {
      append_escape(out, first);
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace troupe
