// actors/internal/names.hpp - which actor is known by which name, and who waits for one that is not there yet.
// Threads: any.
#pragma once
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/name_seeker.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

class names {
 public:
  /// Errors: already_exists.
  [[nodiscard]] result<> add(std::string name, cell& who);
  /// False: nobody has it.
  bool remove(std::string_view name) noexcept;
  /// All names of `who`.
  void remove(const cell& who) noexcept;
  /// Empty: nobody has it.
  [[nodiscard]] cell_ref find(std::string_view name) const;
  /// Found at once, or when somebody gets the name.
  void seek(std::string name, std::unique_ptr<name_seeker> who);
  /// Drops all who seek: nobody will come any more.
  void close() noexcept;

 private:
  using seekers = std::vector<std::unique_ptr<name_seeker>>;
  static constexpr std::size_t least_swept = 16;
  void forget_seekers(seekers& gone);

  mutable std::mutex mutex_;
  std::map<std::string, cell_ref, std::less<>> holders_;
  std::map<std::string, seekers, std::less<>> sought_;
  std::size_t seekers_ = 0;  // in sought_
  std::size_t next_sweep_ = least_swept;
};

}  // namespace troupe::actors
