// chaos/between_ledger.hpp - the evidence that a life of between_app leaves behind: files of words that outlive SIGKILL.
// Threads: a file grows by one thread; its words may be written by any.
// Source: mmap(2) MAP_SHARED: what was stored is in the page cache, whatever becomes of the process.
//
// Three kinds of files, named NODE.EPOCH.KIND.ACTOR, little-endian words of 8 bytes, judged by between_judge.py:
//   in    of a sink: one word counts, then one for each message handled: key << 32 | number
//   out   of a talker: 16 words for each stream, in the order of `column`
//   ask   of a talker: 5 words for each question: key << 32 | number, messages of the talker before it, begun (ns),
//         patience (ns), how it ended: 0 not yet, else ns << 8 | verdict
// A key is node:2 epoch:10 talker:2 serial:16 pen:2, see key_of; a stream is one address in one life.
#pragma once
#include <troupe/base/unique_fd.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace between {

/// Which of those that share an address writes: their numbers are apart.
enum class pen : std::uint8_t { talker, scribe, question };

constexpr std::uint64_t key_of(std::uint64_t node, std::uint64_t epoch, std::uint64_t talker,
                               std::uint64_t serial, pen whose) {
  return node << 30U | epoch << 20U | talker << 18U | serial << 2U | static_cast<std::uint64_t>(whose);
}
constexpr std::uint64_t most_streams = 1U << 16U;

/// Words of a stream.
enum class column : std::uint8_t {
  used,     // 1
  to,       // node << 8 | sink
  reached,  // ns
  tried_talker,
  sent_talker,  // tried is written before, sent after: a life that was killed in between has one more of those
  tried_scribe,
  sent_scribe,
  questions,
  ending,  // 0 none, else its number + 1, or heard_twice
  ended,   // ns
  fence    // epoch of the life that answered after everything else, 0: nobody
};
constexpr std::size_t columns = 16;
constexpr std::uint64_t heard_twice = 255;

/// Verdicts on questions; an error is 16 + its code.
constexpr std::uint64_t answered_right = 1, answered_wrong = 2, answered_twice = 3, answered_error = 16;

/// A word of a file. Copies are the same word.
class word {
 public:
  word() = default;
  explicit word(std::uint64_t* at) : at_(at) {}
  void set(std::uint64_t value) const { std::atomic_ref(*at_).store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const { return std::atomic_ref(*at_).load(std::memory_order_relaxed); }
  void count() const { set(get() + 1); }  // of one writer
  [[nodiscard]] word next(std::size_t steps) const { return word(at_ + steps); }

 private:
  std::uint64_t* at_ = nullptr;
};

/// A file of words that is mapped piece by piece; the pieces stay until the process ends.
class word_file {
 public:
  explicit word_file(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!file_) throw std::runtime_error("cannot make the ledger " + path);
  }
  /// Grows to hold it.
  [[nodiscard]] word at(std::size_t index) {
    while (index >= pieces_.size() * piece) grow();
    return word(pieces_[index / piece] + index % piece);
  }

 private:
  static constexpr std::size_t piece = 1U << 15U;
  void grow() {
    const auto from = static_cast<off_t>(pieces_.size() * piece * sizeof(std::uint64_t));
    constexpr auto size = piece * sizeof(std::uint64_t);
    if (::ftruncate(file_.get(), from + static_cast<off_t>(size)) != 0)
      throw std::runtime_error("cannot grow a ledger");
    void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), from);
    if (mapped == MAP_FAILED) throw std::runtime_error("cannot map a ledger");
    pieces_.push_back(static_cast<std::uint64_t*>(mapped));
  }

  troupe::unique_fd file_;
  std::vector<std::uint64_t*> pieces_;
};

/// The words of one stream: a row never lies across two pieces.
class stream_row {
 public:
  stream_row() = default;
  stream_row(word_file& file, std::size_t serial) : first_(file.at(serial * columns)) {}
  [[nodiscard]] word operator[](column which) const { return first_.next(static_cast<std::size_t>(which)); }

 private:
  word first_;
};

}  // namespace between
