"""What registers say of a person, in forms that can be compared. Pure: values in, values out."""
