"""How each make of device puts what the world knows. One pure file a dialect: values in, messages out."""
