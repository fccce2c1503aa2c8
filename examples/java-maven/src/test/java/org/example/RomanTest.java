package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RomanTest {
    @Test
    void smallerBeforeLargerIsSubtracted() {
        assertEquals("MCMXCIV", Roman.of(1994));
    }
}
