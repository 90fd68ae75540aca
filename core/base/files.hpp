// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace predcorr {

/// The whole file. @throws Error (io), also for what is no regular file, and for more than 1 GiB
std::string read_text_file(const std::filesystem::path& file);

/// A file that is there whole or not at all, even if the program is killed or the disk is full: what is written goes to
/// a temporary file in the same folder, which `put_in_place` flushes to disk and then renames. That file's name has 64
/// random bits and is opened for this writer alone, never through a link: writers on any number of hosts keep apart.
class AtomicFile {
 public:
  /// @throws Error (io) if the folder cannot be written to
  explicit AtomicFile(std::filesystem::path file);
  ~AtomicFile();  ///< what was not put in place is removed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write: an empty file, for those who open it by themselves.
  const std::filesystem::path& temporary() const { return temporary_; }

  /// Appends. @throws Error (io) if not all of it could be written
  void write(std::string_view bytes);

  /// Sees what was written safely on disk. @throws Error (io), also for what a delayed write has lost
  void flush();

  /// Flushes, then gives the file its name: from now on it is there, in place of one that was.
  void put_in_place();

 private:
  void close();

  std::filesystem::path file_, temporary_;
  int descriptor_ = -1;
  bool flushed_ = false, done_ = false;
};

/// Writes a file so that it is there whole or not at all: `write` fills a temporary file of the given name.
/// @throws Error (io), also if `write` wrote nothing, or what `write` throws
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(const std::filesystem::path&)>& write);

/// The same for text at hand.
void write_text_atomically(const std::filesystem::path& file, std::string_view text);

/// Removes from a folder what writers that were killed left of an AtomicFile: files of such a name that nobody has
/// written to for so long.  @return how many
int remove_stale_temporaries(const std::filesystem::path& folder, std::chrono::seconds age);

/// Makes a new folder for what is to become `folder` by a rename, beside it, with a name like an AtomicFile's.
/// @throws Error (io)
std::filesystem::path make_temporary_folder(const std::filesystem::path& folder);

/// Makes the folder and its parents. @throws Error (io)
void make_folder(const std::filesystem::path& folder);

/// Makes a folder before the work whose results go there, and takes it away again if by the end nothing has come into
/// it and it was not there before: what is refused leaves nothing behind.
class ResultFolder {
 public:
  /// @param inner a folder in it, made by others, that counts as nothing while it is empty
  /// @throws Error (io) as make_folder
  explicit ResultFolder(std::filesystem::path folder, std::string inner = "");
  ~ResultFolder();
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;

 private:
  std::filesystem::path folder_;
  std::string inner_;
  bool is_new_;
};

/// Nothing but a regular file (or a link to one) is read: a folder has no text, a pipe may never get any, and a device
/// such as /dev/zero never ends. What a pipe gives is to be saved first.
/// @return its size in bytes  @throws Error (io)
std::uint64_t check_regular_file(const std::filesystem::path& file);

}  // namespace predcorr
