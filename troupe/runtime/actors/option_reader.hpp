// runtime/actors/option_reader.hpp - reads the values of one actor's options, and collects what is wrong.
// Threads: one.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/config/load.hpp>
#include <troupe/runtime/actors/name_resolver.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troupe::runtime {

/// What does not depend on the type of the options; fill_options.hpp drives it. Every reading function gives
/// nullopt, or nullptr, for a value that it has reported.
class option_reader {
 public:
  /// All must outlive it. `of` is an actor of `whole`.
  option_reader(const config::file& whole, const config::actor& of, name_resolver& names)
      : whole_(whole), actor_(of), names_(names) {}
  option_reader(const option_reader&) = delete;
  option_reader& operator=(const option_reader&) = delete;

  /// While one lives, what is read is that field of where it was: "options.shop", "options.items[2]".
  class step {
   public:
    step(option_reader& in, std::string_view field);
    step(option_reader& in, std::size_t element);
    step(const step&) = delete;
    step& operator=(const step&) = delete;
    ~step() { in_.path_.resize(length_); }

   private:
    option_reader& in_;
    std::size_t length_;
  };

  [[nodiscard]] std::optional<bool> truth(const config::value& from);
  [[nodiscard]] std::optional<std::int64_t> whole(const config::value& from, std::int64_t low,
                                                  std::int64_t high);
  /// A whole number, too; `largest` bounds what is finite.
  [[nodiscard]] std::optional<double> number(const config::value& from, double largest);
  [[nodiscard]] const std::string* text(const config::value& from);
  /// A multiple of `unit`, at most `most` of them; not negative.
  [[nodiscard]] std::optional<nanoseconds> duration(const config::value& from, nanoseconds unit,
                                                    std::uint64_t most);
  /// The index of one of `words`.
  [[nodiscard]] std::optional<std::size_t> word(const config::value& from,
                                                std::span<const std::string_view> words);
  [[nodiscard]] const config::array* list(const config::value& from);
  [[nodiscard]] const config::table* table(const config::value& from);
  /// The actor that is named there.
  [[nodiscard]] std::optional<actors::cell_ref> actor(const config::value& from,
                                                      std::span<const actors::message_type* const> wanted);

  /// Reports keys that are no field.
  void close(const config::table& of, std::span<const std::string_view> fields);
  /// An address that is not written; `around` is where the table stands that should have it.
  void not_named(config::position around);

  /// All that was reported, sorted by position; at most max_diagnostics, then how many more.
  [[nodiscard]] config::diagnostics take();

 private:
  void add(config::position at, std::string message, std::string hint = {});
  void expected(const std::string& what, const config::value& found, std::string hint = {});
  [[nodiscard]] bool crowded() const noexcept { return errors_.size() >= config::max_diagnostics; }

  const config::file& whole_;
  const config::actor& actor_;
  name_resolver& names_;
  std::string path_ = "options";
  config::diagnostics errors_;
  std::size_t dropped_ = 0;
};

}  // namespace troupe::runtime
