//go:build !linux

package rpmmd

import "errors"

// exchange swaps what two paths name, in one step.
func exchange(_, _ string) error { return errors.ErrUnsupported }
