import org.junit.jupiter.api.Test;

class LedgerTest {
    @Test
    void adds() {}
}
