"""The Amazon States Language: paths, intrinsic functions, choice rules, timestamps and errors."""
