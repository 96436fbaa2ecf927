package gate_test

import (
	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/tag"
)

var _ tag.Gate = (*gate.Gate)(nil)
