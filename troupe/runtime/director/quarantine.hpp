// runtime/director/quarantine.hpp - where items go that may not be tried again, with their evidence.
// Threads: owned by the director. Layout: DIR/STAGE-LINEAGE.item (the encoded input) and .json (the
// evidence).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/node/messages.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

namespace troupe::runtime {

/// Whether files can be written into that folder: makes it, writes one, and takes both away again. Errors name the path.
[[nodiscard]] result<> try_quarantine(const std::string& folder);

/// One entry per (stage, lineage), whoever hands it in and however often.
class quarantine {
 public:
  /// `of` must outlive it; `run_id` goes into the evidence, as does `replay`, the command that runs an item again, with the
  /// item's file behind it.
  quarantine(const plan& of, std::string run_id, std::string replay = {})
      : plan_(of), run_id_(std::move(run_id)), replay_(std::move(replay)) {}

  /// A verdict says so; its bytes are awaited.
  void expect(const verdict& decision, std::vector<std::string> stderr_tail);
  /// Stores bytes and evidence. The folder is made when first needed. Errors name the path.
  [[nodiscard]] result<> store(const item_handed_in& item);
  /// At the end of the run: evidence alone for items whose bytes never came, because whoever had sent them
  /// died and what they were made from failed as well.
  [[nodiscard]] result<> store_what_is_missing();

  /// Nothing more will come of it.
  void forget(member_id stage, const lineage& item);
  [[nodiscard]] std::uint64_t expected() const noexcept { return expected_; }
  /// Folders that hold entries of this run.
  [[nodiscard]] std::vector<std::string> folders() const;

 private:
  struct entry {
    verdict decision;
    std::vector<std::string> stderr_tail;
    bool stored = false;
  };
  [[nodiscard]] result<> write(member_id stage, const lineage& item, entry& kept,
                               const item_handed_in* bytes);

  const plan& plan_;
  const std::string run_id_;
  const std::string replay_;
  std::map<member_id, std::unordered_map<lineage, entry, lineage_hash>> entries_;
  std::uint64_t expected_ = 0;
  std::set<std::string> used_;  // folders
};

}  // namespace troupe::runtime
