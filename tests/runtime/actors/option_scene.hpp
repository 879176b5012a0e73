// tests/runtime/actors/option_scene.hpp - actors that options may name, and options read from a text.
// Threads: one.
#pragma once
#include <troupe/actors/test_system.hpp>
#include <troupe/config/load.hpp>
#include <troupe/runtime/actors/fill_options.hpp>

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::runtime::option_scene {

struct deliver {
  int count = 0;
};
struct buy {
  int count = 0;
};
struct sold_out {};

class warehouse {
 public:
  using receives = troupe::receives<deliver, buy>;
  void operator()(deliver d) { left_ += d.count; }
  void operator()(buy b) { left_ -= b.count; }

 private:
  int left_ = 0;
};

/// One actor, "warehouse", which receives deliver and buy.
class one_warehouse final : public name_resolver {
 public:
  one_warehouse() : at_(system_.spawn<warehouse>({.name = "warehouse"})) {}

  tl::expected<actors::cell_ref, unresolved> resolve(
      std::string_view name, std::span<const actors::message_type* const> wanted) override {
    const std::vector<std::string> known{"warehouse"};
    if (name != known[0]) return tl::unexpected(no_such_actor(name, known));
    std::vector<const actors::message_type*> missing;
    for (const actors::message_type* each : wanted)
      if (each != &actors::message_type_of<deliver> && each != &actors::message_type_of<buy>)
        missing.push_back(each);
    if (!missing.empty()) return tl::unexpected(does_not_receive(name, missing));
    return actors::address_access::cell(at_);
  }
  [[nodiscard]] const address_of<warehouse>& at() const { return at_; }

 private:
  test_system system_;
  address_of<warehouse> at_;
};

/// Knows every actor, and none of them is there yet: what a check uses.
class everybody final : public name_resolver {
 public:
  tl::expected<actors::cell_ref, unresolved> resolve(std::string_view,
                                                     std::span<const actors::message_type* const>) override {
    return actors::cell_ref();
  }
};

/// The options of actor "buyer" in a file "p.toml", which is header and then `text`; those begin on line 2.
template <class Options>
tl::expected<Options, config::diagnostics> filled(const std::string& text, name_resolver& names,
                                                  const std::vector<std::string>& overrides = {}) {
  const auto file = config::parse("[actor.buyer.options]\n" + text, "p.toml", overrides);
  if (!file) return tl::unexpected(file.error());
  return fill_options<Options>(*file, file->actors.at(0), names);
}

template <class Options>
Options good(const std::string& text) {
  one_warehouse names;
  auto read = filled<Options>(text, names);
  EXPECT_TRUE(read) << to_string(read.error().front());
  return read ? std::move(*read) : Options{};
}

template <class Options>
std::vector<std::string> errors_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  one_warehouse names;
  std::vector<std::string> shown;
  const auto read = filled<Options>(text, names, overrides);
  if (!read)
    for (const config::diagnostic& each : read.error()) shown.push_back(to_string(each));
  return shown;
}

}  // namespace troupe::runtime::option_scene
