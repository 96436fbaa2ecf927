// Package tag answers what is in a tag of the Koji build system, and changes it.
package tag
