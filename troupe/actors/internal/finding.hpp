// actors/internal/finding.hpp - from a name to a typed address.
// Threads: any.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/name_seeker.hpp>
#include <troupe/base/error.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::actors {

/// Errors: wrong_kind, with the first of `types` that the actor does not receive.
[[nodiscard]] result<> takes_all(const cell& who, std::string_view name,
                                 std::span<const message_type* const> types);

template <class... Ms>
[[nodiscard]] result<> takes_all(const cell& who, std::string_view name, const address<Ms...>*) {
  const std::array<const message_type*, sizeof...(Ms)> types{&message_type_of<Ms>...};
  return takes_all(who, name, types);
}

template <class Address>
[[nodiscard]] result<Address> as_address(cell_ref who, std::string_view name) {
  if (auto fits = takes_all(*who.get(), name, static_cast<const Address*>(nullptr)); !fits)
    return tl::unexpected<error>(std::move(fits.error()));
  return address_access::make<Address>(std::move(who));
}

/// Answers with an address when somebody gets the name.
template <class Address>
class seeker_of final : public name_seeker {
 public:
  seeker_of(std::string name, std::shared_ptr<answer_of<Address>> answer)
      : name_(std::move(name)), answer_(std::move(answer)) {}
  ~seeker_of() override { answer_->fail({errc::closed, "wait for an actor with the name '" + name_ + "'"}); }
  void found(const cell_ref& who) noexcept override { answer_->set(as_address<Address>(who, name_)); }
  [[nodiscard]] bool gave_up() const noexcept override {
    return answer_->is_claimed() || answer_.use_count() == 1;
  }

 private:
  const std::string name_;
  const std::shared_ptr<answer_of<Address>> answer_;
};

}  // namespace troupe::actors
