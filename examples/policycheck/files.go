package main

import (
	"io/fs"
	"os"
)

// hostFiles is a file system of the files that the command line names, wherever
// they are.
type hostFiles struct{}

// Open opens a file by its path.
func (hostFiles) Open(name string) (fs.File, error) { return os.Open(name) }
