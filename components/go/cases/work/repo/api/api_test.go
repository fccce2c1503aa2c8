package api

import "testing"

func TestApi(t *testing.T) {}
