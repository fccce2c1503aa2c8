package main

import "testing"

// func TestNot(t *testing.T) {}
func TestShop(t *testing.T) {}
func Testable(t *testing.T) {}
func TestMain(m *testing.M) {}
func FuzzShop(f *testing.F) {}
