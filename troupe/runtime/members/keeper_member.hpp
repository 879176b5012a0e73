// runtime/members/keeper_member.hpp - a stage with state.
// Threads: owned by its actor, in the director.
// Source: docs/delivery.md, "Segments" and "The end".
#pragma once
#include <troupe/runtime/members/anchor_member.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe::runtime {

class keeper_member final : public anchor_member {
 public:
  keeper_member(const member_setting& setting, const instance& own, std::unique_ptr<stage_body> body,
                work_again again);

 private:
  bool work_on(const arrival& item) override;
  bool finish() override;
  /// What the code has given leaves when it has returned well; else the run stops.
  bool emit(const std::string& doing, result<> done, const std::vector<bytes>& outputs);

  std::unique_ptr<stage_body> body_;
};

}  // namespace troupe::runtime
