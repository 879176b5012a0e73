// runtime/actors/actor_definition.hpp - how a class of actors is offered to files: its options, and how it is started.
// Threads: definitions are read-only after registration; an actor_place belongs to one thread.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/base/refuse.hpp>
#include <troupe/config/load.hpp>
#include <troupe/runtime/actors/fill_options.hpp>
#include <troupe/runtime/actors/name_resolver.hpp>
#include <troupe/runtime/actors/remote_form.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// An actor of a file that has its address, so that the options of others can name it, and waits to be started.
class actor_place {
 public:
  virtual ~actor_place() = default;
  [[nodiscard]] virtual const actors::cell_ref& cell() const noexcept = 0;
  /// Fills its options from the file and makes it; a constructor that throws is its supervisor's business. On errors,
  /// which check() would have found, it is not started. Once.
  virtual config::diagnostics start(const config::file& whole, const config::actor& of,
                                    name_resolver& names) = 0;
  /// Makes it findable by that name (actor_system::find) until it ends for good.
  virtual void enter_name(actor_system& into, const std::string& name) = 0;
};

/// What a program registered with app.actor<T>(name).
struct actor_definition {
  std::string name;
  std::string type;  // of the class
  [[nodiscard]] bool receives(const actors::message_type& message) const noexcept {
    return what->takes(message) != actors::accepts::no;
  }

  const actors::actor_class* what = nullptr;
  /// What is wrong with the options in the file.
  config::diagnostics (*check)(const config::file& whole, const config::actor& of,
                               name_resolver& names) = nullptr;
  std::unique_ptr<actor_place> (*reserve)(supervisor& boss, spawn_options how) = nullptr;
  std::optional<remote_form> remote;  // nothing: no other process can reach it, or it live there
  std::string why_only_here;          // then: the message that cannot travel, and why
  std::vector<topic_form> topics;
};

struct no_options {};

template <class T>
struct options_type {
  using type = no_options;
};
template <class T>
requires requires {
  typename T::options;
}
struct options_type<T> {
  using type = typename T::options;
};

/// What the file says is given to the constructor: options, context&, both or nothing.
template <class T>
inline constexpr bool takes_options = !std::is_same_v<typename options_type<T>::type, no_options>;
template <class T>
inline constexpr bool is_startable = [] {
  using options = typename options_type<T>::type;
  if constexpr (takes_options<T>)
    return std::is_constructible_v<T, context&, options> || std::is_constructible_v<T, options>;
  else
    return std::is_constructible_v<T, context&> || std::is_default_constructible_v<T>;
}();

template <class T>
constexpr compile_time_text why_not_startable() {
  compile_time_text out("troupe: actor '");
  out += type_name<T>();
  out += takes_options<T>
             ? "' has no constructor from its options, with troupe::context& before them or without"
             : "' needs a constructor from troupe::context& or from nothing, or a struct `options` "
               "for what the file is to give it";
  return out;
}

template <class T>
inline constexpr bool is_remote = []<class... Ms>(receives<Ms...>) {
  return (actors::is_remote_message<Ms>() && ...);
}(actors::listed_by<T>());

template <class T>
class place_of final : public actor_place {
 public:
  explicit place_of(reserved<T> place) : place_(std::move(place)), address_(place_.address()) {}
  [[nodiscard]] const actors::cell_ref& cell() const noexcept override {
    return actors::address_access::cell(address_);
  }
  config::diagnostics start(const config::file& whole, const config::actor& of,
                            name_resolver& names) override {
    auto read = fill_options<typename options_type<T>::type>(whole, of, names);
    if (!read) return std::move(read.error());
    if constexpr (takes_options<T>)
      place_.start(std::move(*read));
    else
      place_.start();
    return {};
  }
  void enter_name(actor_system& into, const std::string& name) override {
    static_cast<void>(into.enter_name(name, address_));  // refused: it has ended already
  }

 private:
  reserved<T> place_;
  const address_of<T> address_;
};

/// T: a class with `receives`; perhaps with a struct `options` (fillable), which its constructor then takes.
template <class T>
[[nodiscard]] actor_definition define_actor(std::string name) {
  actor_definition made{std::move(name), std::string(type_name<T>())};
  if constexpr (!is_startable<T>) {
    refuse<as_sentence<[] { return why_not_startable<T>(); }>()>();
  } else {
    made.what = &actors::class_of<T>;
    made.check = [](const config::file& whole, const config::actor& of, name_resolver& names) {
      auto read = fill_options<typename options_type<T>::type>(whole, of, names);
      return read ? config::diagnostics() : std::move(read.error());
    };
    made.reserve = [](supervisor& boss, spawn_options how) -> std::unique_ptr<actor_place> {
      return std::make_unique<place_of<T>>(boss.reserve<T>(std::move(how)));
    };
    constexpr actors::listed_by<T> received;
    made.why_only_here = why_not_remote(received);
    if constexpr (is_remote<T>) made.remote = remote_form_of(static_cast<const address_of<T>*>(nullptr));
    made.topics = topics_of<T>(received);
  }
  return made;
}

}  // namespace troupe::runtime
