package koji_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestErrorsAreToldByKindAndCause(t *testing.T) {
	err := koji.Errorf(koji.ErrNotFound, koji.FaultTag, "no tag %q: %w", "f40", io.EOF)
	require.EqualError(t, err, `no tag "f40": EOF`)
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.ErrorIs(t, err, io.EOF)
	require.NotErrorIs(t, err, koji.ErrExists)

	var e *koji.Error
	require.ErrorAs(t, fmt.Errorf("wrapped: %w", err), &e)
	require.Equal(t, koji.FaultTag, e.Code)
	require.Equal(t, io.EOF, e.Cause)

	plain := koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "no")
	require.NotErrorIs(t, plain, io.EOF)
}

func TestFaultCodeIsThatOfTheOutermostError(t *testing.T) {
	inner := koji.Errorf(koji.ErrNotFound, koji.FaultTag, "inner")
	require.Equal(t, koji.FaultTag, koji.FaultCodeOf(fmt.Errorf("context: %w", inner)))
	require.Equal(t, koji.FaultBuild, koji.FaultCodeOf(koji.Errorf(koji.ErrInvalid, koji.FaultBuild, "outer: %w", inner)))
	require.Equal(t, koji.FaultOther, koji.FaultCodeOf(errors.New("foreign")))
	require.Equal(t, koji.FaultOther, koji.FaultCodeOf(nil))
}

// The numbers are what clients see on the wire.
func TestFaultCodes(t *testing.T) {
	for want, code := range map[koji.FaultCode]koji.FaultCode{
		1: koji.FaultOther, 1000: koji.FaultGeneric, 1001: koji.FaultLock, 1002: koji.FaultAuth, 1003: koji.FaultTag,
		1004: koji.FaultActionNotAllowed, 1005: koji.FaultBuild, 1012: koji.FaultBuildroot, 1017: koji.FaultCallback,
		1019: koji.FaultParameter, 1020: koji.FaultImport,
	} {
		require.Equal(t, want, code)
	}
}
