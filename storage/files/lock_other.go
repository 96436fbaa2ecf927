//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package files

import (
	"errors"
	"os"
)

// tryLock fails: without locks the stages of a running import could not be told
// from those of one that died.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }
