// Shrinks images (binary PPM) in worker processes, from a plain main(): image_pool WIDTH OUT_FOLDER FILE...
#include <troupe/app.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace troupe::literals;

struct resize {
  std::string in, out;
  int width = 0;
};
struct resized {
  int width = 0, height = 0;
};

struct image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // rows from the top, three bytes a pixel
};

/// "P6 WIDTH HEIGHT 255" and the pixels.
image read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  int most = 0;
  image read;
  if (!(file >> magic >> read.width >> read.height >> most) || magic != "P6" || most != 255 ||
      read.width < 1 || read.height < 1 || read.width > 32'768 || read.height > 32'768)
    throw std::runtime_error(path + " is no binary PPM of 8 bits");
  file.get();
  read.rgb.resize(std::size_t{3} * static_cast<std::size_t>(read.width) *
                  static_cast<std::size_t>(read.height));
  if (!file.read(reinterpret_cast<char*>(read.rgb.data()), static_cast<std::streamsize>(read.rgb.size())))
    throw std::runtime_error(path + " ends within its pixels");
  return read;
}

/// Each pixel is the mean of those that it stands for.
image shrunk(const image& from, int width) {
  image to{width, std::max(1, from.height * width / from.width), {}};
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) {
      const int left = x * from.width / to.width, right = std::max(left + 1, (x + 1) * from.width / to.width);
      const int top = y * from.height / to.height,
                bottom = std::max(top + 1, (y + 1) * from.height / to.height);
      std::array<unsigned, 3> sum{};
      for (int row = top; row < bottom; ++row)
        for (int column = left; column < right; ++column)
          for (std::size_t c = 0; c < 3; ++c)
            sum[c] += from.rgb[3 * static_cast<std::size_t>(row * from.width + column) + c];
      const auto count = static_cast<unsigned>((right - left) * (bottom - top));
      for (const auto channel : sum) to.rgb.push_back(static_cast<std::uint8_t>(channel / count));
    }
  }
  return to;
}

/// The job. It writes aside and renames: a job may be executed again after a crash.
resized shrink(resize job) {
  const auto from = read(job.in);
  const auto to = shrunk(from, std::min(job.width, from.width));
  const auto aside = job.out + ".part";
  std::ofstream file(aside, std::ios::binary);
  file << "P6\n" << to.width << ' ' << to.height << "\n255\n";
  file.write(reinterpret_cast<const char*>(to.rgb.data()), static_cast<std::streamsize>(to.rgb.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + aside);
  std::filesystem::rename(aside, job.out);
  return {to.width, to.height};
}

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto shrinking = app.stage("shrink", shrink);
  if (app.is_worker()) return app.serve();

  const std::vector<std::string> words(argv + 1, argv + argc);
  int width = 0;
  if (words.size() < 3 ||
      std::from_chars(words[0].data(), words[0].data() + words[0].size(), width).ec != std::errc{} ||
      width < 1) {
    std::cerr << "usage: image_pool WIDTH OUT_FOLDER FILE...\n";
    return 2;
  }
  std::vector<resize> jobs;
  for (std::size_t i = 2; i < words.size(); ++i)
    jobs.push_back({words[i], words[1] + '/' + std::filesystem::path(words[i]).filename().string(), width});

  auto pool = app.open(shrinking, {.workers = 2, .timeout = 20s, .max_attempts = 2});
  if (!pool) return app.fail(pool.error());
  int failed = 0;
  for (auto&& [i, out] : pool->map(jobs, {.ordered = true})) {
    if (out)
      std::cout << jobs[i].out << ": " << out->width << " x " << out->height << '\n';
    else
      std::cerr << jobs[i].in << ": " << out.error() << '\n', ++failed;
  }
  return failed == 0 ? 0 : 1;
}
