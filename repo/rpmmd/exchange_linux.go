package rpmmd

import (
	"runtime"
	"syscall"
	"unsafe"
)

// renameat2 is the number of the system call on this architecture, 0 if it is
// not known.
var renameat2 = map[string]uintptr{
	"386": 353, "amd64": 316, "arm": 382, "arm64": 276, "loong64": 276,
	"ppc64": 357, "ppc64le": 357, "riscv64": 276, "s390x": 347,
}[runtime.GOARCH]

// exchange swaps what two paths name, in one step. It fails, having done
// nothing, where kernel or file system cannot do that.
func exchange(a, b string) error {
	const (
		atCwd          = -100
		renameExchange = 2
	)
	if renameat2 == 0 {
		return syscall.ENOSYS
	}
	pathA, err := syscall.BytePtrFromString(a)
	if err != nil {
		return err
	}
	pathB, err := syscall.BytePtrFromString(b)
	if err != nil {
		return err
	}
	cwd := atCwd
	if _, _, errno := syscall.Syscall6(renameat2, uintptr(cwd), uintptr(unsafe.Pointer(pathA)),
		uintptr(cwd), uintptr(unsafe.Pointer(pathB)), renameExchange, 0); errno != 0 {
		return errno
	}
	return nil
}
