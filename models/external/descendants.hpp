// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace predcorr::models {

/// The environment variable with the marks of the process that a program descends from. Whatever starts a session of
/// its own, or outlives its parent, still has it, unless it clears its environment.
inline constexpr const char* kMarkVariable = "PREDCORR_PROCESS";

/// A word that no other process has, of any predcorr on this machine.
std::string new_mark();

/// What kMarkVariable is to be: this program's own marks, should it run in an external model itself, and one more.
std::string marks_with(const std::string& mark);

/// Children, their children and so on, as /proc has them at this moment; none where there is no /proc.
std::vector<pid_t> descendants_of(pid_t ancestor);

/// Kills every process with the mark in its environment, until there are none, those included that are started
/// meanwhile. Gives up after a second. Cost: a look at each of the machine's processes, some milliseconds.
void kill_marked(const std::string& mark);

}  // namespace predcorr::models
