#include <troupe/runtime/members/keeper_member.hpp>

#include <utility>

namespace troupe::runtime {

keeper_member::keeper_member(const member_setting& setting, const instance& own,
                             std::unique_ptr<stage_body> body, work_again again)
    : anchor_member(setting, own, std::move(again)), body_(std::move(body)) {}

bool keeper_member::work_on(const arrival& item) {
  std::vector<bytes> outputs;
  const auto& header = item.header;
  auto done = body_->call(item.payload, {header.item.seq + 1, header.attempt, nullptr}, outputs);
  return emit("on item " + to_string(header.item), std::move(done), outputs);
}

bool keeper_member::finish() {
  std::vector<bytes> outputs;
  auto done = body_->finish(outputs);
  return emit("in finish()", std::move(done), outputs);
}

bool keeper_member::emit(const std::string& doing, result<> done, const std::vector<bytes>& outputs) {
  if (done) done = check_sizes(outputs);
  if (!done) {
    report_to_director(trouble{trouble_kind::stage, "stage '" + plan_.name + "' " + done.error().context +
                                                        ", " + doing +
                                                        "; its state may be half-written, so the run stops"});
    return false;
  }
  for (const auto& output : outputs) send(output, 1);
  return true;
}

}  // namespace troupe::runtime
